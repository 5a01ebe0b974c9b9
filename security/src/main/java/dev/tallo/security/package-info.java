/**
 * Who may do what over HTTP: keys and their roles, what a web page may not have done for it, how
 * many requests are taken, and who changed what.
 */
@NullMarked
package dev.tallo.security;

import org.jspecify.annotations.NullMarked;
