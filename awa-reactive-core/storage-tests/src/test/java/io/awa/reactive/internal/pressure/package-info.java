/** How full queues are and who is let in, against an invented queue and against a server. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.internal.pressure;
