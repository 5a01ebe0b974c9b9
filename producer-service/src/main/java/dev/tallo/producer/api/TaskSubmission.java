package dev.tallo.producer.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.enums.SchemaType;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/** The form of a request for the OpenAPI description; {@code TaskRequestReader} reads it. */
@Schema(
    name = "TaskSubmission",
    description = "A task to run. Other fields are refused.",
    additionalProperties = Schema.False.class)
record TaskSubmission(
    @Schema(
            required = true,
            description = "The task's name.",
            pattern = "^[A-Za-z0-9_.:-]{1,200}$",
            examples = "demo.add")
        String task,
    @Schema(
            type = SchemaType.ARRAY,
            description = "Arguments by position. Default: none.",
            examples = "[1, 2]")
        @Nullable List<Object> args,
    @Schema(
            type = SchemaType.OBJECT,
            description = "Arguments by name. Default: none.",
            examples = "{}")
        @Nullable Map<String, Object> kwargs,
    @Schema(
            description = "The queue; unless given, the routing rules decide.",
            pattern = "^[A-Za-z0-9_.:-]{1,190}$",
            examples = "default")
        @Nullable String queue,
    @Schema(
            description = "Higher first, as far as the broker's version honours it.",
            minimum = "0",
            maximum = "255",
            defaultValue = "4")
        @Nullable Integer priority,
    @Schema(
            description = "Not to be begun before so many seconds from now.",
            minimum = "0",
            maximum = "268435455")
        @Nullable Double countdown,
    @Schema(
            description = "Not to be begun before this date-time with its offset.",
            examples = "2030-01-31T12:00:00Z")
        @Nullable String eta,
    @Schema(
            description =
                "Not to be begun after: a date-time with its offset, or seconds from now.",
            oneOf = {String.class, Double.class},
            examples = "2030-01-31T12:00:00Z")
        @Nullable Object expires,
    @Schema(
            type = SchemaType.OBJECT,
            description =
                "Headers of your own for the message: strings, numbers, true or false; at most 32,"
                    + " together at most 32 KiB. Integers beyond 32 bits go as strings.",
            examples = "{\"x-tenant\": \"acme\"}")
        @Nullable Map<String, Object> headers,
    @JsonProperty("max_retries")
        @Schema(
            description = "How many attempts may follow the first.",
            minimum = "0",
            maximum = "10000")
        @Nullable Integer maxRetries,
    @JsonProperty("retry_backoff")
        @Schema(
            description =
                "The pause before the first retry, in seconds; it doubles from one to the next.",
            minimum = "0.001",
            maximum = "2592000")
        @Nullable Double retryBackoff,
    @JsonProperty("retry_backoff_max")
        @Schema(
            description = "The longest pause between two attempts, in seconds.",
            minimum = "0.001",
            maximum = "2592000")
        @Nullable Double retryBackoffMax,
    @JsonProperty("retry_on")
        @Schema(
            description =
                "Names of the exceptions that are retried, simple or qualified, those that extend"
                    + " them included; unless given, all.",
            maxItems = 50,
            examples = "[\"java.io.IOException\"]")
        @Nullable List<String> retryOn,
    @JsonProperty("give_up_on")
        @Schema(description = "Names of the exceptions that are not retried.", maxItems = 50)
        @Nullable List<String> giveUpOn,
    @JsonProperty("time_limit")
        @Schema(
            description = "When an attempt is stopped, in seconds.",
            minimum = "0.1",
            maximum = "2592000")
        @Nullable Double timeLimit,
    @JsonProperty("soft_time_limit")
        @Schema(
            description = "When an attempt is told that its time is up, in seconds.",
            minimum = "0.1",
            maximum = "2592000")
        @Nullable Double softTimeLimit,
    @JsonProperty("callback_url")
        @Schema(
            description =
                "Is sent the task, as this API shows it, when it has ended. Only hosts that"
                    + " tallo.webhook.allowed-hosts lists.",
            examples = "https://hooks.example.com/tasks")
        @Nullable String callbackUrl,
    @JsonProperty("unique_key")
        @Schema(
            description = "While a task of the same name and key has not ended, no other is taken.",
            maxLength = 255)
        @Nullable String uniqueKey,
    @JsonProperty("unique_for")
        @Schema(
            description = "For how many seconds, at most, unique_key keeps others out.",
            minimum = "0.1",
            maximum = "2592000")
        @Nullable Double uniqueFor,
    @JsonProperty("ignore_result")
        @Schema(description = "Whether nobody wants the result.", defaultValue = "false")
        @Nullable Boolean ignoreResult,
    @Schema(
            description = "An id of your own; unless given, a UUID of version 7 is made.",
            pattern = "^[A-Za-z0-9_.:-]{1,155}$")
        @Nullable String id) {}
