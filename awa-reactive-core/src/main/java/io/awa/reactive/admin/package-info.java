/** What operators ask of queues and jobs. */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.admin;
