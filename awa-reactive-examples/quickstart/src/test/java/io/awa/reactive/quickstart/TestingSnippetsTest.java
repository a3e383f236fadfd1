package io.awa.reactive.quickstart;

import static io.awa.reactive.quickstart.Snippets.SEND_EMAIL;
import static io.awa.reactive.test.TestHandlers.failing;
import static org.assertj.core.api.Assertions.assertThat;

import io.awa.reactive.cron.CronSchedule;
import io.awa.reactive.job.JobType;
import io.awa.reactive.quickstart.Snippets.SendEmail;
import io.awa.reactive.test.AwaHarness;
import io.awa.reactive.test.AwaTest;
import io.awa.reactive.test.RecordingHandler;
import io.awa.reactive.test.TestHandlers;
import io.awa.reactive.test.WorkResult;
import io.awa.reactive.testkit.HistoryVerdict;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** The Java of the page on testing: it compiles, and here it runs. */
@AwaTest
class TestingSnippetsTest {

    private static final JobType<String> REPORT = JobType.of("report", String.class);

    @Test
    void work(AwaHarness awa) {
        RecordingHandler<SendEmail> mailer = TestHandlers.recording();
        Shop shop = order -> awa.awa()
                .enqueue(SEND_EMAIL.with(new SendEmail("a@example.org", "thanks")))
                .then();
        long order = 7;
        // [testing-work]
        awa.handle(SEND_EMAIL, mailer);
        shop.place(order).block();

        assertThat(awa.workOne()).isInstanceOf(WorkResult.Done.class);
        assertThat(mailer.args()).containsExactly(new SendEmail("a@example.org", "thanks"));
        assertThat(awa.workOne()).isInstanceOf(WorkResult.NoJob.class);
        // [end]
    }

    @Test
    void time(AwaHarness awa) {
        RecordingHandler<String> reports = TestHandlers.recording();
        // [testing-time]
        awa.handle(REPORT, reports).schedule(CronSchedule.of("nightly", "0 3 * * *", REPORT.with("sales")));
        awa.clock().advance(Duration.ofDays(3));
        awa.workAll();
        assertThat(reports.calls()).hasSize(3);
        // [end]
    }

    @Test
    void history(AwaHarness awa) {
        // [testing-history]
        awa.watch().handle(SEND_EMAIL, failing(1, () -> new IllegalStateException("once")));
        enqueueMany(awa);
        awa.clock().advanceUntilIdle();

        HistoryVerdict verdict = awa.history();
        assertThat(verdict.isClean()).as(verdict.report()).isTrue();
        // [end]
        assertThat(verdict.committed()).isEqualTo(20);
    }

    private static void enqueueMany(AwaHarness awa) {
        for (int i = 0; i < 10; i++) {
            awa.enqueue(SEND_EMAIL.with(new SendEmail("reader" + i + "@example.org", "news")));
        }
    }

    private interface Shop {
        Mono<Void> place(long order);
    }
}

// [testing]
@AwaTest
class ReceiptTest {

    @Test
    void retriesThenFails(AwaHarness awa) {
        awa.handle(SEND_EMAIL, failing(() -> new IllegalStateException("smtp: connection refused")));
        awa.enqueue(SEND_EMAIL.with(new SendEmail("a@example.org", "hello")));

        awa.clock().advanceUntilIdle();

        awa.assertThatJob().isFailed().hasAttempts(5).lastErrorContains("smtp");
    }
}
// [end]
