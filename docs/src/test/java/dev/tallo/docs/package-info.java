/** What in the manual is made from the code, and the check that it is up to date. */
@NullMarked
package dev.tallo.docs;

import org.jspecify.annotations.NullMarked;
