package io.awa.reactive.test;

/**
 * A clock of the test's own in place of the server's. A sequence holds where it stands: what is set there is seen by every
 * session at once, in open transactions too, and reading it assigns no transaction id.
 *
 * <p>It stands nearly still: a second of real time moves it by a millisecond. So moments keep their order, and no delay that
 * a test cares about passes by itself, however slow the machine is.
 */
final class ClockSql {

    static final String SCHEMA = "awa_clock";

    private static final String REAL_MILLIS =
            "floor(pg_catalog.date_part('epoch', pg_catalog.clock_timestamp()) * 1000)::bigint";

    private static final String READ = "SELECT timestamptz 'epoch' + (pg_catalog.pg_sequence_last_value('" + SCHEMA
            + ".cell'::regclass) + " + REAL_MILLIS + ") * interval '1 microsecond'";

    /** Makes the functions. What a default or a view calls is decided when it is made: so they come before everything. */
    static final String CREATE = "CREATE SCHEMA " + SCHEMA + "; CREATE SEQUENCE " + SCHEMA + ".cell;"
            + function("clock_timestamp", "VOLATILE")
            + function("statement_timestamp", "STABLE")
            + function("transaction_timestamp", "STABLE")
            + function("now", "STABLE")
            + "GRANT USAGE ON SCHEMA " + SCHEMA + " TO PUBLIC; GRANT SELECT ON SEQUENCE " + SCHEMA
            + ".cell TO PUBLIC;"
            + "SELECT setval('" + SCHEMA + ".cell', (pg_catalog.date_part('epoch', pg_catalog.clock_timestamp())"
            + " * 1000000)::bigint - " + REAL_MILLIS + ")";

    static final String NOW = "SELECT (date_part('epoch', " + SCHEMA + ".clock_timestamp()) * 1000000)::bigint";

    private ClockSql() {}

    /** Sets it; answers what was set, in microseconds. It does not go back. */
    static String advanceTo(long micros) {
        return "SELECT setval('" + SCHEMA + ".cell', greatest(last_value, " + micros + " - " + REAL_MILLIS + ")) FROM "
                + SCHEMA + ".cell";
    }

    private static String function(String name, String volatility) {
        return "CREATE FUNCTION " + SCHEMA + "." + name + "() RETURNS timestamptz LANGUAGE sql " + volatility + " AS $$"
                + READ + "$$;";
    }
}
