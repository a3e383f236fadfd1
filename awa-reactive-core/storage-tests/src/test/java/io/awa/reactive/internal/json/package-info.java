/** What the encoder lets through, judged by a real server. */
@NullMarked
package io.awa.reactive.internal.json;

import org.jspecify.annotations.NullMarked;
