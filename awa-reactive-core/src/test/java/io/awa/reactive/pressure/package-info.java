@org.jspecify.annotations.NullMarked
package io.awa.reactive.pressure;
