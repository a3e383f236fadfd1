/**
 * The storage protocols as Monos, for those who build runtimes on them: one type per protocol, each on a connection of
 * its own. Applications use {@link io.awa.reactive.Awa} and the worker instead.
 */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.engine;
