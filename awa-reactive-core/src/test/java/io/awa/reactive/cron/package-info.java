@NullMarked
package io.awa.reactive.cron;

import org.jspecify.annotations.NullMarked;
