package dev.tallo.security;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a key is for. */
public enum Role {
  /** To look at tasks, queues, workers, dead letters, routes and schedules. */
  READ,
  /** To submit tasks, and to ask for, revoke and run again those whose id is known. */
  SUBMIT,
  /** To intervene: redrive, pause, limit, schedule. May read. */
  OPERATE,
  /** To change where tasks go, and to see who did what. May do everything. */
  ADMIN;

  /** As it is written in configuration: {@code read}. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The role of this word; empty if there is none. */
  static Optional<Role> of(String word) {
    return Arrays.stream(values()).filter(role -> role.word().equals(word.strip())).findAny();
  }

  /** The words of all, for people. */
  static String words() {
    return Arrays.stream(values()).map(Role::word).collect(Collectors.joining(", "));
  }

  /** This role, and those that it includes. */
  Set<Role> withIncluded() {
    return switch (this) {
      case READ, SUBMIT -> EnumSet.of(this);
      case OPERATE -> EnumSet.of(READ, OPERATE);
      case ADMIN -> EnumSet.allOf(Role.class);
    };
  }
}
