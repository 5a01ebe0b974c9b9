package dev.tallo.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.Gson;
import com.google.gson.JsonElement;
import com.google.gson.JsonParseException;
import com.google.gson.JsonPrimitive;
import io.kubernetes.client.openapi.JSON;
import io.kubernetes.client.openapi.models.V1ConfigMap;
import io.kubernetes.client.openapi.models.V1Deployment;
import io.kubernetes.client.openapi.models.V1Ingress;
import io.kubernetes.client.openapi.models.V1Namespace;
import io.kubernetes.client.openapi.models.V1NetworkPolicy;
import io.kubernetes.client.openapi.models.V1PersistentVolumeClaim;
import io.kubernetes.client.openapi.models.V1PodDisruptionBudget;
import io.kubernetes.client.openapi.models.V1Secret;
import io.kubernetes.client.openapi.models.V1Service;
import io.kubernetes.client.openapi.models.V1ServiceAccount;
import io.kubernetes.client.openapi.models.V1StatefulSet;
import io.kubernetes.client.openapi.models.V2HorizontalPodAutoscaler;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Whether a document is one of Kubernetes' own kinds in every field, or one of an operator's. */
final class Strict {
  private static final Map<String, Class<?>> KINDS =
      Map.ofEntries(
          Map.entry("v1/ConfigMap", V1ConfigMap.class),
          Map.entry("v1/Namespace", V1Namespace.class),
          Map.entry("v1/PersistentVolumeClaim", V1PersistentVolumeClaim.class),
          Map.entry("v1/Secret", V1Secret.class),
          Map.entry("v1/Service", V1Service.class),
          Map.entry("v1/ServiceAccount", V1ServiceAccount.class),
          Map.entry("apps/v1/Deployment", V1Deployment.class),
          Map.entry("apps/v1/StatefulSet", V1StatefulSet.class),
          Map.entry("autoscaling/v2/HorizontalPodAutoscaler", V2HorizontalPodAutoscaler.class),
          Map.entry("networking.k8s.io/v1/Ingress", V1Ingress.class),
          Map.entry("networking.k8s.io/v1/NetworkPolicy", V1NetworkPolicy.class),
          Map.entry("policy/v1/PodDisruptionBudget", V1PodDisruptionBudget.class));

  /** Of the operators that components ask for; their schemas are theirs. */
  private static final Set<String> CUSTOM =
      Set.of(
          "cert-manager.io/v1",
          "keda.sh/v1alpha1",
          "monitoring.coreos.com/v1",
          "rabbitmq.com/v1beta1");

  private static final Gson GSON = new Gson();

  private Strict() {}

  /**
   * Fails for a kind that is not known, and for a field that its kind does not have, lacks, or has
   * of another type.
   */
  static void check(Manifest manifest) {
    Class<?> model = KINDS.get(manifest.type());
    if (model == null) {
      assertThat(CUSTOM).as(manifest.toString()).contains(manifest.text("apiVersion"));
      return;
    }
    JsonElement written = GSON.toJsonTree(manifest.content());
    Object read;
    try {
      read = JSON.deserialize(written.toString(), model);
    } catch (IllegalArgumentException | JsonParseException e) {
      throw new AssertionError(manifest + ": " + e.getMessage(), e);
    }
    // A number where there has to be text is read as text; so compare what was read with what is
    // written.
    assertThat(comparable(JSON.getGson().toJsonTree(read)))
        .as(manifest.toString())
        .isEqualTo(comparable(written));
  }

  /**
   * Numbers by their digits: 3 and 3.0 are the same, "3" is not. Without what is empty, which
   * reading adds.
   */
  private static Object comparable(JsonElement element) {
    if (element.isJsonObject()) {
      Map<String, Object> fields = new TreeMap<>();
      for (Map.Entry<String, JsonElement> field : element.getAsJsonObject().entrySet()) {
        Object value = comparable(field.getValue());
        if (!value.equals(Map.of()) && !value.equals(List.of())) {
          fields.put(field.getKey(), value);
        }
      }
      return fields;
    }
    if (element.isJsonArray()) {
      return element.getAsJsonArray().asList().stream().map(Strict::comparable).toList();
    }
    JsonPrimitive value = element.getAsJsonPrimitive();
    return value.isNumber() ? value.getAsBigDecimal().stripTrailingZeros() : value.toString();
  }
}
