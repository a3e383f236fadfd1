package io.awa.reactive.fanout;

import io.netty.channel.ChannelOption;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import reactor.core.publisher.Mono;
import reactor.netty.DisposableServer;
import reactor.netty.http.server.HttpServer;
import reactor.netty.resources.LoopResources;

/** Somebody else's service: it answers each call, and takes its time. */
final class SlowServer implements AutoCloseable {

    private static final int BACKLOG = 8_192;

    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger openMax = new AtomicInteger();
    private final LongAdder answered = new LongAdder();
    private final LoopResources loops = LoopResources.create("slow-server", 2, true);
    private final DisposableServer server;

    SlowServer(Duration time) {
        server = HttpServer.create()
                .host("127.0.0.1")
                .port(0)
                .runOn(loops)
                .option(ChannelOption.SO_BACKLOG, BACKLOG)
                .handle((request, response) -> response.sendString(Mono.delay(time)
                        .map(tick -> "done")
                        .doOnSubscribe(begun -> openMax.accumulateAndGet(open.incrementAndGet(), Math::max))
                        .doFinally(end -> {
                            open.decrementAndGet();
                            answered.increment();
                        })))
                .bindNow();
    }

    String url() {
        return "http://127.0.0.1:" + server.port();
    }

    int openMax() {
        return openMax.get();
    }

    long answered() {
        return answered.sum();
    }

    @Override
    public void close() {
        server.disposeNow();
        loops.disposeLater(Duration.ZERO, Duration.ofSeconds(2)).block();
    }
}
