package io.awa.reactive.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Under the profile of the same name: a handler that blocks its thread is told so, and the threads live on. */
@Timeout(60)
class BlockHoundTest {

    @Test
    void aHandlerThatBlocksFailsAndTheOthersGoOn() {
        assumeTrue(isInstalled(), "without the profile nobody watches");
        try (Rig rig = new Rig()) {
            rig.awa.enqueueAll(Rig.NUMBER.maxAttempts(1), Flux.range(0, 100)).block(Await.LONG);
            rig.start(settings -> settings.handle(Rig.NUMBER, job -> {
                if (job.args() % 2 == 0) {
                    LockSupport.parkNanos(1_000_000);
                }
                return Mono.just(Outcome.done());
            }));
            assertThat(rig.settled()).matches(ledger -> ledger.completed() == 50 && ledger.failed() == 50);
            assertThat(rig.sql("select distinct left(extras #>> '{errors,0,message}', 20) from {awa}.entries_0"))
                    .singleElement()
                    .asString()
                    .contains("Blocking call!");
        }
    }

    static boolean isInstalled() {
        try {
            Class.forName("reactor.blockhound.junit.platform.BlockHoundTestExecutionListener");
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
