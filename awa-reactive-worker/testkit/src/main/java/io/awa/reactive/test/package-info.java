/**
 * For tests of applications: {@link io.awa.reactive.test.AwaTest} gives each test a database of its own and an
 * {@link io.awa.reactive.test.AwaHarness} whose clock is settable.
 *
 * <p>This is the one package of the library that blocks. A harness is the blocking face of the queue, for threads of tests:
 * methods of {@link io.awa.reactive.test.AwaHarness} and {@link io.awa.reactive.test.HarnessClock} wait for the database, up
 * to a minute, and for the handlers they call, up to {@link io.awa.reactive.test.AwaHarness#patience}. Do not call them on a
 * thread that must not block: in a reactive handler, in an operator, on an event loop. There they throw an
 * {@link java.lang.IllegalStateException}. What is tested blocks nowhere: a harness drives the reactive queue from outside.
 */
@NullMarked
package io.awa.reactive.test;

import org.jspecify.annotations.NullMarked;
