package dev.tallo.producer.api;

import jakarta.ws.rs.core.Application;
import org.eclipse.microprofile.openapi.annotations.Components;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.info.License;
import org.eclipse.microprofile.openapi.annotations.security.SecurityRequirement;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;

/** What the OpenAPI document says of the whole. */
@OpenAPIDefinition(
    info =
        @Info(
            title = "Tallo",
            version = "1",
            description = "Submit tasks, and ask what became of them.",
            license =
                @License(name = "Apache-2.0", url = "https://www.apache.org/licenses/LICENSE-2.0")),
    security = @SecurityRequirement(name = "key"),
    components =
        @Components(
            securitySchemes =
                @SecurityScheme(
                    securitySchemeName = "key",
                    type = SecuritySchemeType.HTTP,
                    scheme = "bearer",
                    description = "The secret of a key; none while no keys are needed.")))
public class ApiDescription extends Application {}
