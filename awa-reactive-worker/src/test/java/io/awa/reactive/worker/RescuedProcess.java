package io.awa.reactive.worker;

import io.awa.reactive.Awa;
import io.r2dbc.spi.ConnectionFactories;
import java.time.Duration;
import reactor.core.publisher.Mono;

/** A process of its own whose handlers never end, or end the process, or work, or whose subscriber never settles. Arguments: address, schema, deed. */
final class RescuedProcess {

    private RescuedProcess() {}

    /** Works the queue until it dies. */
    public static void main(String[] args) {
        Awa awa = Awa.builder(ConnectionFactories.get(args[0])).schema(args[1]).build();
        AwaWorker.builder(awa)
                .handle(Rig.NUMBER, job -> {
                    if (args[2].equals("halt")) {
                        Runtime.getRuntime().halt(9);
                    }
                    return args[2].equals("works")
                            ? Mono.delay(Duration.ofMillis(100)).thenReturn(Outcome.done())
                            : Mono.never();
                })
                .queue("q", q -> q.workers(20))
                .heartbeat(Duration.ofMillis(200))
                .rescue(r -> r.staleness(Duration.ofMillis(800)).interval(Duration.ofMillis(200)))
                .withoutMaintenance()
                .build()
                .start()
                .doOnNext(worker -> {
                    if (args[2].equals("claims")) {
                        worker.claims("claimed", Rig.NUMBER).subscribe();
                    }
                })
                .then(Mono.never())
                .block();
    }
}
