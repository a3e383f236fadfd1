package io.awa.reactive.admin;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.AwaValidationException;
import java.lang.reflect.RecordComponent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class QueueSettingsTest {

    /** None of these is the default of any component, and no two are one. */
    private static final QueueSettings OTHER = new QueueSettings(
            true,
            Duration.ofMillis(2),
            Duration.ofMillis(3),
            Duration.ofMillis(4),
            Duration.ofMillis(5),
            Duration.ofMillis(6),
            Duration.ofMillis(7),
            Duration.ofMillis(8),
            9,
            RateLimit.perSecond(10),
            11);

    private static final Map<String, UnaryOperator<QueueSettings>> SETTINGS = Map.of(
            "deadLetters", s -> s.deadLetters(true),
            "backoff backoffMax", s -> s.backoff(Duration.ofMillis(2), Duration.ofMillis(3)),
            "deadline", s -> s.deadline(Duration.ofMillis(4)),
            "keepFailed keepDead keepCancelled",
                    s -> s.keep(Duration.ofMillis(5), Duration.ofMillis(6), Duration.ofMillis(7)),
            "aging", s -> s.aging(Duration.ofMillis(8)),
            "workers", s -> s.workers(9),
            "rateLimit", s -> s.rateLimit(RateLimit.perSecond(10)),
            "keyLimit", s -> s.keyLimit(11));

    @Test
    void eachSettingChangesItsOwnAndNothingElse() {
        List<String> all = new ArrayList<>();
        SETTINGS.forEach((names, setting) -> {
            List<String> own = List.of(names.split(" ", -1));
            all.addAll(own);
            assertThat(differing(setting.apply(QueueSettings.defaults()), QueueSettings.defaults()))
                    .containsExactlyInAnyOrderElementsOf(own);
            assertThat(setting.apply(OTHER)).isEqualTo(OTHER);
        });
        assertThat(new TreeSet<>(all)).isEqualTo(differing(OTHER, QueueSettings.defaults()));
    }

    @Test
    void whatIsOutOfRangeIsNamed() {
        QueueSettings settings = QueueSettings.defaults();
        Map<String, Runnable> refused = Map.of(
                "backoff", () -> settings.backoff(Duration.ZERO, Duration.ofDays(1)),
                "backoffMax", () -> settings.backoff(Duration.ofSeconds(2), Duration.ofSeconds(1)),
                "deadline", () -> settings.deadline(Duration.ofSeconds(Long.MAX_VALUE)),
                "aging", () -> settings.aging(Duration.ofMillis(-1)),
                "workers", () -> settings.workers(0),
                "keyLimit", () -> settings.keyLimit(1_001));
        refused.forEach((field, call) -> assertThatThrownBy(call::run)
                .isInstanceOfSatisfying(
                        AwaValidationException.class, e -> assertThat(e.field()).isEqualTo(field)));
    }

    private static TreeSet<String> differing(QueueSettings one, QueueSettings other) {
        TreeSet<String> names = new TreeSet<>();
        for (RecordComponent component : QueueSettings.class.getRecordComponents()) {
            try {
                if (!Objects.equals(
                        component.getAccessor().invoke(one),
                        component.getAccessor().invoke(other))) {
                    names.add(component.getName());
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException(e);
            }
        }
        return names;
    }
}
