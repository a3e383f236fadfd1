/** The queue in a Spring Boot application. */
@NullMarked
package io.awa.reactive.spring;

import org.jspecify.annotations.NullMarked;
