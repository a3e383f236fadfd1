package io.awa.reactive.spring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.admin.JobState;
import io.awa.reactive.enqueue.Enqueued;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobKind;
import io.awa.reactive.job.JobType;
import io.awa.reactive.worker.ActiveJob;
import io.awa.reactive.worker.Outcome;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import reactor.core.publisher.Mono;

class HandlersTest {

    record Mail(String to) {}

    record Picture(int width) {}

    @JobKind("poll_partner")
    record Poll(int times) {}

    static final JobType<Mail> MAIL = JobType.of("send_mail", Mail.class).queue("mail");
    static final JobType<Picture> PICTURE = JobType.of("render", Picture.class).queue("images");
    static final JobType<Poll> POLL = JobType.of(Poll.class);
    static final JobType<Mail> BROKEN =
            JobType.of("broken", Mail.class).queue("mail").maxAttempts(1);

    static class Shapes {

        final List<String> seen = new CopyOnWriteArrayList<>();

        @JobHandler(value = "send_mail", queue = "mail", workers = 7)
        Mono<Outcome> send(Mail mail, ActiveJob<Mail> job) {
            return Mono.fromSupplier(() -> {
                seen.add("mail " + mail.to() + " " + job.attempt() + " "
                        + Thread.currentThread().getName());
                return Outcome.done();
            });
        }

        @JobHandler(value = "render", queue = "images")
        String render(Picture picture) {
            seen.add("picture " + picture.width() + " " + Thread.currentThread().getName());
            return "drawn";
        }

        @JobHandler
        Outcome poll(ActiveJob<Poll> job) {
            seen.add("poll " + job.args().times());
            return job.args().times() == 1 ? Outcome.cancel("enough") : Outcome.done();
        }

        @JobHandler(value = "broken", queue = "mail")
        Mono<Void> fails(Mail mail) {
            throw new IllegalArgumentException("no " + mail.to());
        }
    }

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Shapes shapes() {
            return new Shapes();
        }
    }

    @Test
    void methodsOfEveryShapeWork() {
        try (ConfigurableApplicationContext context = Boots.start(Application.class)) {
            Jobs jobs = context.getBean(Jobs.class);
            JobId mail = stored(jobs.enqueue(MAIL.with(new Mail("a"))));
            JobId picture = stored(jobs.enqueue(PICTURE.with(new Picture(3))));
            JobId poll = stored(jobs.enqueue(POLL.with(new Poll(1))));
            JobId broken = stored(jobs.enqueue(BROKEN.with(new Mail("b"))));

            assertThat(End.of(context, mail)).isEqualTo(JobState.COMPLETED);
            assertThat(End.of(context, picture)).isEqualTo(JobState.COMPLETED);
            assertThat(End.of(context, poll)).isEqualTo(JobState.CANCELLED);
            assertThat(End.of(context, broken)).isEqualTo(JobState.FAILED);
            List<String> seen = context.getBean(Shapes.class).seen;
            assertThat(seen).anyMatch(text -> text.startsWith("mail a 1 ")).contains("poll 1");
            assertThat(seen)
                    .as("a method that may block has a thread that may be blocked")
                    .anyMatch(text -> text.startsWith("picture 3 ") && !text.contains("awa-handler"));
        }
    }

    static JobId stored(Mono<Enqueued> stored) {
        return stored.map(Enqueued::id).block(Duration.ofSeconds(10));
    }

    static class TwoArguments {
        @JobHandler("a")
        void twice(Mail one, Picture two) {}
    }

    static class NoArguments {
        @JobHandler("a")
        void none() {}
    }

    static class Unclear {
        @JobHandler("a")
        void unclear(ActiveJob<?> job) {}
    }

    static class Disagreeing {
        @JobHandler("a")
        void disagreeing(Mail mail, ActiveJob<Picture> job) {}
    }

    static class Twins {
        @JobHandler("twin")
        void one(Mail mail) {}

        @JobHandler("twin")
        void other(Picture picture) {}
    }

    @Test
    void whatCannotHandleJobsStopsTheStart() {
        assertRefused(TwoArguments.class, "twice", "two parameters for its arguments");
        assertRefused(NoArguments.class, "none", "takes the arguments of its job");
        assertRefused(Unclear.class, "unclear", "does not say which class");
        assertRefused(Disagreeing.class, "disagreeing", "names two classes of arguments");
        assertRefused(Twins.class, "the kind twin has two handlers", "one(", "other(");
    }

    private static void assertRefused(Class<?> handlers, String... words) {
        assertThatThrownBy(() -> Boots.start(new Class<?>[] {Bare.class, handlers}, WebApplicationType.NONE))
                .satisfies(error -> assertThat(List.of(words))
                        .allSatisfy(word -> assertThat(error).hasStackTraceContaining(word)));
    }

    @EnableAutoConfiguration
    static class Bare {}
}
