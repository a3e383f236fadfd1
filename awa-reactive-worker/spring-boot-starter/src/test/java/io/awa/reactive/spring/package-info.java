/** The starter in applications, on a real PostgreSQL. */
@NullMarked
package io.awa.reactive.spring;

import org.jspecify.annotations.NullMarked;
