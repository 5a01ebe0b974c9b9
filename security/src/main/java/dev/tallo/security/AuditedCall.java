package dev.tallo.security;

import java.time.Instant;
import java.util.Optional;

/**
 * A call that changed something, or was to. Neither query nor body nor headers are part of it, so
 * that it never holds arguments or secrets.
 *
 * @param at when it was answered
 * @param who the name of the key, or {@code oidc:} and the owner of a token; {@code anonymous}
 *     while none is needed
 * @param role the least that it needs
 * @param address from where the connection came
 * @param method of HTTP
 * @param path of the request, at most {@value #LONGEST_PATH} characters
 * @param status that was answered; {@value #BROKEN_OFF} if the connection broke off before
 * @param location of what was made by it
 */
public record AuditedCall(
    Instant at,
    String who,
    Role role,
    String address,
    String method,
    String path,
    int status,
    Optional<String> location) {

  /** Most characters of a path that are kept. */
  public static final int LONGEST_PATH = 500;

  /** In place of a status that nobody was there to read. */
  public static final int BROKEN_OFF = 499;
}
