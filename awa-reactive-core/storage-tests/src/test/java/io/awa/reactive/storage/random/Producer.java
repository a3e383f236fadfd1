package io.awa.reactive.storage.random;

import io.awa.reactive.internal.pg.CopyIn;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.testkit.HistoryChecker.Storing;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import reactor.core.publisher.Flux;

/** Stores jobs in every way there is; one that is patient keeps each transaction open for seconds. */
final class Producer extends Fiber {

    private final boolean patient;

    Producer(int number, boolean patient, Run run, SplittableRandom random) {
        super("producer " + number, run, random);
        this.patient = patient;
    }

    @Override
    void step() {
        if (patient) {
            transaction("BEGIN", 0, 1_500 + random.nextInt(2_000));
            return;
        }
        while (run.isFull() && !run.isStopping()) {
            Run.pause(5);
        }
        int choice = random.nextInt(100);
        if (choice < 25) {
            run.stored(run.client.store(session(), lanes(1)));
        } else if (choice < 40) {
            run.stored(run.client.store(session(), lanes(2 + random.nextInt(30))));
        } else if (choice < 60) {
            transaction("BEGIN", 0, random.nextInt(20));
        } else if (choice < 65) {
            transaction("BEGIN ISOLATION LEVEL REPEATABLE READ", 500 + random.nextInt(2_500), 0);
        } else if (choice < 75) {
            transaction("BEGIN ISOLATION LEVEL REPEATABLE READ", random.nextInt(50), random.nextInt(10));
        } else if (choice < 82) {
            transaction("BEGIN ISOLATION LEVEL SERIALIZABLE", random.nextInt(50), random.nextInt(10));
        } else {
            copy(1 + random.nextInt(80));
        }
        Run.pause(random.nextInt(12));
    }

    /** Parts of a transaction: kept, rolled back with their savepoint, or kept with a released one. */
    private void transaction(String begin, int ageOfSnapshot, int open) {
        Session session = session();
        session.run(begin);
        session.number(run.storage.in("SELECT count(*) AS answer FROM {awa}.lanes"));
        Run.pause(ageOfSnapshot);
        LongStream ids = LongStream.empty();
        for (int part = random.nextInt(3); part >= 0; part--) {
            int fate = random.nextInt(5);
            if (fate < 2) {
                session.run("SAVEPOINT s");
            }
            long[] stored = run.client.enqueue(session, lanes(1 + random.nextInt(8)));
            if (fate == 0) {
                session.run("ROLLBACK TO s");
            } else {
                ids = LongStream.concat(ids, LongStream.of(stored));
                if (fate == 1) {
                    session.run("RELEASE s");
                }
            }
            Run.pause(open / 2);
        }
        end(session, ids.toArray());
    }

    private void copy(int n) {
        Session session = session();
        session.run(random.nextBoolean() ? "BEGIN" : "BEGIN ISOLATION LEVEL REPEATABLE READ");
        record Reserved(long cell, Long[] positions) {}
        Reserved reserved = session.row(
                run.storage.in("SELECT cell, positions FROM {awa}.reserve($1, $2)"),
                row -> new Reserved(row.number("cell"), row.get("positions", Long[].class)),
                lanes(n),
                n * run.scale);
        StringBuilder rows = new StringBuilder();
        for (long position : reserved.positions()) {
            rows.append(position).append('\t').append(run.client.kind()).append("\t{}\n");
        }
        CopyIn.copy(
                        session.connection,
                        run.storage.in("COPY {awa}.jobs_" + (reserved.cell() & 0xff) + " (pos, kind, args) FROM STDIN"),
                        Flux.defer(() ->
                                Flux.just(Unpooled.wrappedBuffer(rows.toString().getBytes(StandardCharsets.UTF_8)))))
                .block(Session.PATIENCE);
        end(session, Client.longs(reserved.positions()));
    }

    private void end(Session session, long... ids) {
        if (random.nextInt(5) == 0) {
            session.run("ROLLBACK");
            return;
        }
        Storing storing = run.history.commitRequested(ids);
        try {
            session.run("COMMIT");
        } catch (RuntimeException e) {
            if (SqlState.of(e) == SqlState.SERIALIZATION) {
                storing.aborted();
            }
            throw e;
        }
        storing.answered();
        run.stored(ids);
    }

    private Integer[] lanes(int few) {
        int n = few * run.scale;
        Integer[] lanes = new Integer[n];
        boolean mixed = random.nextInt(4) == 0;
        int lane = random.nextInt(run.lanes.length);
        for (int i = 0; i < n; i++) {
            lanes[i] = run.lanes[mixed ? random.nextInt(run.lanes.length) : lane];
        }
        return lanes;
    }
}
