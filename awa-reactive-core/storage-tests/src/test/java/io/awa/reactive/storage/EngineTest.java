package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.awa.reactive.Awa;
import io.awa.reactive.engine.Claim;
import io.awa.reactive.engine.ClaimResult;
import io.awa.reactive.engine.Claims;
import io.awa.reactive.engine.Closures;
import io.awa.reactive.engine.Detail;
import io.awa.reactive.engine.Ending;
import io.awa.reactive.engine.FinishOutcome;
import io.awa.reactive.engine.Maintenance;
import io.awa.reactive.engine.PruneOutcome;
import io.awa.reactive.engine.RotateOutcome;
import io.awa.reactive.engine.SealOutcome;
import io.awa.reactive.engine.Settlement;
import io.awa.reactive.job.JobType;
import io.r2dbc.postgresql.PostgresqlConnectionFactory;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The protocols through the library's own classes. */
class EngineTest extends StorageTest {

    private static final JobType<Payload> TYPE =
            JobType.of("engine", Payload.class).queue("q");

    /** A replayed claim is another object for the same token; of two ends of one member the first counts. */
    @Test
    void aMemberEndsOnceThoughItsClaimWasReplayed() {
        Awa awa = Awa.builder(postgres().connections()).schema(schema()).build();
        awa.enqueueAll(TYPE, Mono.just(new Payload(1))).block(Session.PATIENCE);
        Claims claims = awa.engine().claims("test");
        Closures closures = awa.engine().closures("test");
        int queue = get(awa.engine().queue("q"));
        Claim claim = ((ClaimResult.Claimed) get(claims.claim(queue, 9, 1, 77))).claim();
        Claim again = get(claims.replay(queue, 77, Duration.ZERO));
        assertThat(again).isNotSameAs(claim);
        assertThat(again.position(0)).isEqualTo(claim.position(0));

        boolean[] accepted = get(closures.close(
                5,
                List.of(
                        Settlement.completed(claim, 0),
                        Settlement.of(again, 0, Ending.FAILED, Detail.error(null, "too late")))));

        assertThat(accepted).containsExactly(true, false);
        assertThat(a.number("select count(*) from entries_0 where state = 'f'")).isZero();
        assertThat(a.text("select outcomes from closures_0")).isEqualTo("c");
        claims.close().then(closures.close()).then(awa.close()).block(Session.PATIENCE);
    }

    /** The whole life of a segment as a role that may do nothing but create a schema in its database. */
    @Test
    void noSuperuserIsNeeded() {
        String role = postgres().freshSchema("role");
        assumeTrue(a.row("select rolsuper as x from pg_roles where rolname = current_user")
                .flag("x"));
        a.run("create role " + role + " login password 'secret'");
        a.run("do $x$ begin execute format('grant create on database %I to " + role
                + "', current_database()); end $x$");
        ConnectionFactory own = new PostgresqlConnectionFactory(
                postgres().configuration().username(role).password("secret").build());
        String schema = postgres().freshSchema("attack");
        Awa awa = Awa.builder(own).schema(schema).children(2).build();
        get(awa.migrate());
        awa.check().block(Session.PATIENCE);
        awa.enqueueAll(TYPE, Mono.just(new Payload(1))).block(Session.PATIENCE);
        get(awa.enqueue(TYPE.with(new Payload(2))));
        Claims claims = awa.engine().claims("test");
        Closures closures = awa.engine().closures("test");
        Maintenance maintenance = awa.engine().maintenance();
        Claim claim = ((ClaimResult.Claimed) get(claims.claim(get(awa.engine().queue("q")), 9, 1, 78))).claim();
        assertThat(get(closures.release(1, List.of(Settlement.completed(claim, 1)))))
                .containsExactly(true);
        assertThat(get(closures.close(2, List.of(Settlement.of(claim, 0, Ending.FAILED, Detail.error(null, "x"))))))
                .containsExactly(true);
        Claim rest = ((ClaimResult.Claimed) get(claims.claim(get(awa.engine().queue("q")), 9, 1, 79))).claim();
        assertThat(get(closures.close(3, List.of(Settlement.completed(rest, 0)))))
                .containsExactly(true);
        assertThat(get(maintenance.rotate())).isEqualTo(new RotateOutcome.Rotated());
        assertThat(get(maintenance.seal(1))).isEqualTo(new SealOutcome.Sealed());
        maintenance.exhaust(1, 80).block(Session.PATIENCE);
        assertThat(get(maintenance.finish(1))).isEqualTo(new FinishOutcome.Finished());
        assertThat(get(maintenance.prune(1, Duration.ZERO, Duration.ZERO))).isEqualTo(new PruneOutcome.Pruned(1));
        assertThat(get(awa.repair())).isZero();
        claims.close()
                .then(closures.close())
                .then(maintenance.close())
                .then(awa.close())
                .then(postgres().drop(schema))
                .block(Session.PATIENCE);
        a.run("drop owned by " + role + "; drop role " + role);
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }

    record Payload(int n) {}
}
