/** The storage protocols, attacked: connections interleaved by hand at the worst point. */
@NullMarked
package io.awa.reactive.storage;

import org.jspecify.annotations.NullMarked;
