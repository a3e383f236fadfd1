/** The storage engine under random and directed schedules, with its faults put back one by one; judged by its history. */
@NullMarked
package io.awa.reactive.storage.random;

import org.jspecify.annotations.NullMarked;
