@org.jspecify.annotations.NullMarked
package io.awa.reactive.engine;
