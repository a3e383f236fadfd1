@NullMarked
package io.awa.reactive.admin;

import org.jspecify.annotations.NullMarked;
