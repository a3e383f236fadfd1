package io.awa.reactive.benchmarks;

import io.r2dbc.spi.R2dbcException;

/** Extensions that a measurement would like to have. */
final class Extension {

    private Extension() {}

    /** Whether it is there, or could be made. */
    static boolean usable(Probe probe, String name) {
        if (probe.number("SELECT count(*) FROM pg_extension WHERE extname = '" + name + "'") > 0) {
            return true;
        }
        try {
            probe.run("CREATE EXTENSION " + name);
            return true;
        } catch (R2dbcException e) {
            // Not shipped with this server, or not ours to create.
            return false;
        }
    }
}
