@NullMarked
package io.awa.reactive.internal.observe;

import org.jspecify.annotations.NullMarked;
