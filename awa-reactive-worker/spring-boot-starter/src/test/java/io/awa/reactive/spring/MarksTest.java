package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.job.JobType;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.pressure.QueueFullException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Producers that are slowed by a property. */
class MarksTest {

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @EnableAutoConfiguration
    static class Application {}

    @Test
    void aQueueIsFullWhereThePropertySaysSo() {
        try (ConfigurableApplicationContext application =
                Boots.start(Application.class, "awa.backpressure.mail.depth=3", "awa.backpressure.mail.resume-at=1")) {
            Awa awa = application.getBean(Awa.class);
            JobType<Integer> mail = JobType.of("mail", Integer.class).queue("mail");
            awa.enqueueAll(mail, Flux.range(0, 3)).block(PATIENCE);

            assertThatThrownBy(() -> awa.admission("mail")
                            .timeout(Duration.ofMillis(100))
                            .admit(Mono.just(1))
                            .block(PATIENCE))
                    .isInstanceOf(QueueFullException.class);
            assertThat(awa.admission("other").admit(Mono.just(1)).block(PATIENCE))
                    .isEqualTo(1);
        }
    }

    @Test
    void whatIsLeftOutKeepsItsDefault() {
        Duration time = Duration.ofSeconds(30);
        assertThat(new AwaProperties.Marks(10L, null, null, null).of("q")).isEqualTo(Backpressure.atDepth(10));
        assertThat(new AwaProperties.Marks(10L, null, 8L, 1).of("q"))
                .isEqualTo(Backpressure.atDepth(10).resumeAt(8).burst(1));
        assertThat(new AwaProperties.Marks(null, time, null, null).of("q")).isEqualTo(Backpressure.atDrainTime(time));
        assertThat(new AwaProperties.Marks(50L, time, null, 2).of("q"))
                .isEqualTo(Backpressure.atDrainTime(time).atLeast(50).burst(2));
    }

    @Test
    void marksWithoutAMarkStopTheStart() {
        assertThatThrownBy(() -> Boots.start(Application.class, "awa.backpressure.mail.burst=3"))
                .rootCause()
                .hasMessageContaining("awa.backpressure.mail")
                .hasMessageContaining("a depth, a drain-time, or both");
        assertThatThrownBy(() -> Boots.start(Application.class, "awa.backpressure.mail.deep=3"))
                .hasStackTraceContaining("awa.backpressure.mail.deep");
    }
}
