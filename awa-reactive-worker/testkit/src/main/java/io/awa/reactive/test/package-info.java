/**
 * For tests of applications: {@link io.awa.reactive.test.AwaTest} gives each test a database of its own and an
 * {@link io.awa.reactive.test.AwaHarness} whose clock is settable.
 */
@NullMarked
package io.awa.reactive.test;

import org.jspecify.annotations.NullMarked;
