# syntax=docker/dockerfile:1
# A service on the JVM:
#   docker build --build-arg SERVICE=producer -t tallo/producer .
# SERVICE is producer, routing, scheduler or worker. One build stage makes all of them, so the next
# image of the same sources takes seconds. docs/docker.md tells how to run them.

FROM eclipse-temurin:25-jdk AS build
WORKDIR /src
COPY . .
# Maven's repository is a cache of the builder: libraries are fetched once, whatever changes here.
RUN --mount=type=cache,target=/root/.m2,sharing=locked \
    ./mvnw -B -ntp -pl producer-service,routing-service,scheduler-service,worker-service -am package \
      -Dmaven.test.skip=true -Dspotless.check.skip=true -Dquarkus.package.jar.type=aot-jar \
 # Libraries, which rarely change, in one folder, what is Tallo's own in another: a layer each.
 && for service in producer routing scheduler worker; do \
      mkdir -p "/out/$service/own/lib/main" \
   && mv "$service-service/target/quarkus-app" "/out/$service/libraries" \
   && cd "/out/$service/libraries" \
   && mv lib/main/dev.tallo.* ../own/lib/main/ \
   && for part in *; do [ "$part" = lib ] || mv "$part" ../own/; done \
   && cd /src; \
    done

FROM eclipse-temurin:25-jre
ARG SERVICE
ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="tallo-$SERVICE" \
      org.opencontainers.image.description="Tallo, a distributed task queue for the JVM: the $SERVICE service" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$REVISION" \
      org.opencontainers.image.base.name="docker.io/library/eclipse-temurin:25-jre"

WORKDIR /tallo
COPY docker/jvm.options docker/run docker/healthy docker/train ./
COPY --from=build /out/$SERVICE/libraries ./
COPY --from=build /out/$SERVICE/own ./

# In a container every service listens on 8080, and on 9000 for health and metrics.
ENV PORT=8080 \
    QUARKUS_HTTP_HOST=0.0.0.0 \
    QUARKUS_MANAGEMENT_HOST=0.0.0.0 \
    QUARKUS_MANAGEMENT_PORT=9000 \
    TALLO_DATA=/data

# Only these two are written to: run it with a read-only root file system.
RUN bash train && install -d -o 1001 -g 0 -m 0770 /data
VOLUME /data
USER 1001
EXPOSE 8080 9000
HEALTHCHECK --interval=5s --timeout=4s --start-period=60s --retries=6 CMD ["bash", "/tallo/healthy"]
ENTRYPOINT ["sh", "/tallo/run"]
