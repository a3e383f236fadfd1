package io.awa.reactive.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.testkit.AwaPostgres;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

class ExamplesTest {

    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final AwaPostgres postgres = AwaPostgres.shared();
    private String schema = "";

    @BeforeEach
    void fresh() {
        schema = postgres.freshSchema("example");
    }

    @AfterEach
    void drop() {
        postgres.drop(schema).block(PATIENCE);
    }

    @Test
    void receiptsOfCommittedOrdersOnly() {
        assertThat(get(new TransactionalEnqueue(postgres).run(schema)))
                .extracting(TransactionalEnqueue.Receipt::customer)
                .containsExactlyInAnyOrder("ann", "cem");
    }

    @Test
    void retriesAndDeadLetters() {
        assertThat(get(new RetriesAndDeadLetters(postgres).run(schema)))
                .containsExactly(
                        "ann attempt 1 failed",
                        "ann attempt 2 failed",
                        "ann paid",
                        "dead letter: no such card",
                        "bob paid");
    }

    @Test
    void theSecondAttemptGoesOn() {
        List<String> log = get(new ProgressWithCheckpoint(postgres).run(schema));
        assertThat(log).hasSize(11).endsWith("attempt 2: chapter 10", "imported");
        assertThat(log).filteredOn(line -> line.startsWith("attempt 1")).hasSize(6);
        assertThat(log.get(6)).isEqualTo("attempt 2: chapter 7");
    }

    @Test
    void aParkedJobTakesNoSlot() {
        assertThat(get(new PaymentCallback(postgres).run(schema)))
                .startsWith("paid in cash")
                .contains("resumed", "booked as 77", "paid by bank")
                .last()
                .asString()
                .startsWith("refused");
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(PATIENCE));
    }
}
