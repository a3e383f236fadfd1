package io.awa.reactive.benchmarks;

import io.awa.reactive.engine.Claim;
import io.r2dbc.spi.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/**
 * What a job writes to the WAL from enqueue to its end, by the size of batches. A checkpoint comes first, so the page
 * images that follow one are counted, and told apart.
 */
final class WalCost implements Scenario {

    private static final int JOBS = 51_200;
    private static final int[] BATCHES = {20, 128, 512};

    @Override
    public void run(Bench bench, Report report) {
        List<Object> all = new ArrayList<>();
        int jobs = bench.options().jobs(JOBS);
        long lost = 0;
        try (Inspector inspector = new Inspector(bench.probe())) {
            report.put("walinspect", inspector.works()).put("jobs", jobs);
            for (int batch : BATCHES) {
                lost += new Run(bench, inspector, jobs, batch).run(all);
            }
        }
        report.put("batches", all).put("lost", lost);
    }

    /** One size of batches, in a schema of its own. */
    private record Run(Bench bench, Inspector inspector, int jobs, int batch) {

        /** Answers how many jobs were not claimed. */
        long run(List<Object> all) {
            Ledger ledger = new Ledger();
            try (Stage stage = bench.stage();
                    Hands hands = new Hands(stage)) {
                // The first job of a queue and kind makes their rows.
                stage.awa().enqueue(Payload.TYPE.with(new Payload(0, ""))).block();
                hands.claim(1);
                // What the schema before this one left in the catalog is told by now.
                Pause.of(Litter.REPORTING);
                Litter litter = Litter.now(bench.probe(), stage.schema());
                bench.probe().run("CHECKPOINT");
                ServerStats before = ServerStats.now(bench.probe());
                enqueue(stage, ledger);
                ServerStats enqueued = ServerStats.now(bench.probe());
                List<Claim> claims = new ArrayList<>();
                long claimed = 0;
                for (Claim claim = hands.claim(batch); claim != null; claim = hands.claim(batch)) {
                    claims.add(claim);
                    claimed += claim.size();
                }
                ServerStats taken = ServerStats.now(bench.probe());
                claims.forEach(hands::complete);
                ServerStats ended = ServerStats.now(bench.probe());
                Pause.of(Litter.REPORTING);
                Report one = new Report()
                        .put("batch", batch)
                        .put("bytes_per_job", perJob(before, ended))
                        .put("bytes_per_job_beyond_payload", perJob(before, ended) - bench.options().payloadBytes)
                        .put("enqueue_bytes_per_job", perJob(before, enqueued))
                        .put("claim_bytes_per_job", perJob(enqueued, taken))
                        .put("close_bytes_per_job", perJob(taken, ended));
                inspector.report(before.lsn(), ended.lsn(), jobs, one);
                Litter.now(bench.probe(), stage.schema()).since(litter, one);
                all.add(one.fields());
                bench.say(
                        "batch %4d  %.1f bytes a job beyond its payload",
                        batch, perJob(before, ended) - bench.options().payloadBytes);
                return jobs - claimed;
            }
        }

        private double perJob(ServerStats from, ServerStats to) {
            return (double) (to.lsn() - from.lsn()) / jobs;
        }

        /** A transaction a batch on one connection: a bulk enqueue of its own would open one for each batch. */
        private void enqueue(Stage stage, Ledger ledger) {
            Payload.Maker maker = new Payload.Maker(bench.options().payloadBytes);
            Flux.usingWhen(
                            bench.connections().create(),
                            connection -> Flux.range(0, (jobs + batch - 1) / batch)
                                    .concatMap(i -> enqueue(stage, connection, ledger, maker, i * batch), 1),
                            Connection::close)
                    .blockLast(Duration.ofMinutes(10));
        }

        private Mono<Void> enqueue(Stage stage, Connection connection, Ledger ledger, Payload.Maker maker, int from) {
            int n = Math.min(batch, jobs - from);
            int first = ledger.begin(n, System.nanoTime());
            return Mono.from(connection.beginTransaction())
                    .then(stage.awa()
                            .on(connection)
                            .enqueueAll(Payload.TYPE, Flux.range(first, n).map(maker::of)))
                    .then(Mono.from(connection.commitTransaction()));
        }
    }
}
