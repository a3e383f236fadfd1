/** The administration's statements. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.admin;
