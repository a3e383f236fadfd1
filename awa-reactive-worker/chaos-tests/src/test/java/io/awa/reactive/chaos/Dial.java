package io.awa.reactive.chaos;

/** A hook in every write of ends: makes flushes slow or lets them fail, from inside the server. No lock is taken to turn it. */
final class Dial {

    /** The SQLSTATE of what it injects: disk_full. */
    static final String INJECTED = "53100";

    static final String MESSAGE = "chaos: the disk is full";

    private static final String FUNCTION = "CREATE OR REPLACE FUNCTION {awa}.chaos_dial() RETURNS trigger"
            + " LANGUAGE plpgsql AS $dial$ BEGIN %s RETURN NULL; END $dial$";

    private Dial() {}

    static void install(Tenant tenant) {
        tenant.sql(FUNCTION.formatted(""));
        for (int child = 0; child < Tenant.CHILDREN; child++) {
            tenant.sql("CREATE TRIGGER chaos AFTER INSERT ON {awa}.closures_" + child
                    + " FOR EACH STATEMENT EXECUTE FUNCTION {awa}.chaos_dial()");
        }
    }

    /** Every flush takes that much longer. */
    static void slow(Tenant tenant, double seconds) {
        tenant.sql(FUNCTION.formatted("PERFORM pg_sleep(" + seconds + ");"));
    }

    /** That share of flushes fails, and nothing of them is written. */
    static void failing(Tenant tenant, double share) {
        tenant.sql(FUNCTION.formatted("IF random() < " + share + " THEN RAISE EXCEPTION '" + MESSAGE
                + "' USING ERRCODE = '" + INJECTED + "'; END IF;"));
    }

    static void well(Tenant tenant) {
        tenant.sql(FUNCTION.formatted(""));
    }
}
