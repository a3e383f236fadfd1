/** A shop that takes orders over HTTP, fulfils them as jobs, and shows how far they are. */
@NullMarked
package io.awa.reactive.shop;

import org.jspecify.annotations.NullMarked;
