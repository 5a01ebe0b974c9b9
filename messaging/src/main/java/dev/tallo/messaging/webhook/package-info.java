/**
 * What whoever asks for a webhook and the worker that delivers it agree on: the {@linkplain
 * dev.tallo.messaging.webhook.WebhookTask task}, which {@linkplain
 * dev.tallo.messaging.webhook.WebhookUrl URLs} there are, and which {@linkplain
 * dev.tallo.messaging.webhook.AllowedHosts hosts} may be called. Both sides read a URL with the
 * same code, so what one has checked is what the other calls. Nothing here resolves a name.
 */
@NullMarked
package dev.tallo.messaging.webhook;

import org.jspecify.annotations.NullMarked;
