/**
 * Ten thousand slow HTTP calls at once, each a job, by a process with eight threads and at most eight connections to its
 * database.
 */
@org.jspecify.annotations.NullMarked
package io.awa.reactive.fanout;
