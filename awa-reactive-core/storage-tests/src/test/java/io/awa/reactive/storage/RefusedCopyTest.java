package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.Awa;
import io.awa.reactive.internal.pg.PlainSql;
import io.awa.reactive.job.JobType;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Flux;

/** The server refuses the COPY of a caller's jobs before it has read a row: their transaction goes on from its savepoint. */
class RefusedCopyTest extends StorageTest {

    private static final JobType<Integer> NUMBER =
            JobType.of("number", Integer.class).queue("q");
    private static final int TRIES = 20;

    @Test
    void theCallersConnectionStays() {
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        a.run("create function refuse() returns trigger language plpgsql as"
                + " $$ begin raise exception 'disk full' using errcode = '53100'; end $$;"
                + " create trigger refuse before insert on jobs_0 for each statement"
                + " when (current_setting('awa.refuse', true) = 'on') execute function refuse()");
        try {
            for (int i = 0; i < TRIES; i++) {
                PostgresqlConnection caller =
                        Objects.requireNonNull(postgres().connections().create().block(Session.PATIENCE));
                run(caller, "begin; set local awa.refuse = 'on'; savepoint s");
                assertThat(Session.refusal(awa.on(caller)
                                .enqueueAll(NUMBER, Flux.range(0, 50))
                                .toFuture()))
                        .isEqualTo("53100");
                run(caller, "rollback to s; set local awa.refuse = 'off'");
                assertThat(awa.on(caller).enqueueAll(NUMBER, Flux.range(0, 50)).block(Session.PATIENCE))
                        .isEqualTo(50);
                run(caller, "commit");
                caller.close().block(Session.PATIENCE);
            }
        } finally {
            awa.close().block(Session.PATIENCE);
        }
        assertThat(a.number("select count(*) from jobs_0")).isEqualTo(TRIES * 50);
    }

    private static void run(PostgresqlConnection connection, String sql) {
        PlainSql.run(connection, sql).block(Session.PATIENCE);
    }
}
