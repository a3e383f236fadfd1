package io.awa.reactive.testkit;

import java.nio.file.Path;

/** The oldest PostgreSQL the project supports, which the build lays beside the tests. */
public final class OlderPostgres {

    private OlderPostgres() {}

    /**
     * Its programs, for {@link AwaPostgres.Options#binaries}.
     *
     * @return the binaries
     */
    public static PgBinaries binaries() {
        String jar = System.getProperty("awa.test.olderPostgres", "target/older-postgres/binaries.jar");
        return PgBinaries.ofJar(Path.of(jar));
    }
}
