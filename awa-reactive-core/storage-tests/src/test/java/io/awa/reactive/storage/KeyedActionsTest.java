package io.awa.reactive.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.awa.reactive.Awa;
import io.awa.reactive.AwaValidationException;
import io.awa.reactive.admin.Admin;
import io.awa.reactive.admin.CancelOutcome;
import io.awa.reactive.admin.DeleteOutcome;
import io.awa.reactive.admin.Destination;
import io.awa.reactive.admin.JobState;
import io.awa.reactive.admin.KeyedJob;
import io.awa.reactive.admin.MoveOutcome;
import io.awa.reactive.admin.RequestState;
import io.awa.reactive.admin.RetryOptions;
import io.awa.reactive.admin.RetryOutcome;
import io.awa.reactive.engine.Requests;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobId;
import io.awa.reactive.job.JobType;
import io.awa.reactive.job.Unique;
import java.time.Duration;
import java.util.Objects;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import reactor.core.publisher.Mono;

/** Actions on the job of a unique key: named by the key itself or by a job that would ask for it. */
class KeyedActionsTest extends StorageTest {

    private static final JobType<Integer> ONCE =
            JobType.of("once", Integer.class).queue("q").unique(Unique.byArgs());

    private Awa awa;
    private Admin admin;
    private Requests requests;

    @BeforeEach
    void start() {
        awa = Awa.builder(postgres().connections()).schema(schema()).build();
        admin = awa.admin();
        requests = awa.engine().requests();
    }

    @AfterEach
    void stop() {
        requests.close().then(awa.close()).block(Session.PATIENCE);
    }

    @Test
    void byTheJobThatWouldAskForIt() {
        JobId id = get(awa.enqueue(ONCE.with(1).runAfter(Duration.ofHours(1)))).id();
        JobId other = get(awa.enqueue(ONCE.with(2))).id();
        KeyedJob keyed = admin.keyed(ONCE.with(1));
        assertThat(get(keyed.id())).isEqualTo(id);
        assertThat(get(keyed.move(Destination.queue("q2")))).isEqualTo(new MoveOutcome.Moved(id, JobState.SCHEDULED));
        assertThat(get(keyed.retry())).isEqualTo(new RetryOutcome.Retried(id, JobState.SCHEDULED));
        assertThat(get(keyed.cancel("no more"))).isEqualTo(new CancelOutcome.Cancelled(id, JobState.SCHEDULED));
        assertThat(get(keyed.cancel())).isEqualTo(new CancelOutcome.AlreadyEnded(id, JobState.CANCELLED));
        assertThat(get(keyed.retry(RetryOptions.now()))).isEqualTo(new RetryOutcome.Retried(id, JobState.CANCELLED));
        assertThat(get(keyed.delete())).isEqualTo(new DeleteOutcome.Deleted(id, JobState.AVAILABLE));
        assertThat(get(keyed.retry())).isEqualTo(new RetryOutcome.Unknown(id));
        assertThat(get(admin.job(other)).state()).isEqualTo(JobState.AVAILABLE);
    }

    /** Looked for anew with each subscription, so it is the job that took the key last. */
    @Test
    void itIsTheOneThatTookTheKeyLast() {
        Job<Integer> job = ONCE.with(1);
        KeyedJob keyed = admin.keyed(job);
        Mono<CancelOutcome> cancel = keyed.cancel();
        assertThat(cancel.blockOptional(Session.PATIENCE)).as("nobody has it").isEmpty();
        JobId first = get(awa.enqueue(job)).id();
        assertThat(get(cancel).id()).isEqualTo(first);
        JobId second = get(awa.enqueue(job)).id();
        assertThat(second).isNotEqualTo(first);
        assertThat(get(cancel).id()).isEqualTo(second);
        assertThat(get(admin.retry(first))).isEqualTo(new RetryOutcome.Retried(first, JobState.CANCELLED));
        assertThat(get(keyed.id())).as("a retry takes the key again").isEqualTo(first);
    }

    @Test
    void byTheKeyItself() {
        Ask ask = Ask.job(a, 1);
        assertThat(get(admin.keyed(Ask.key(1)).id())).isEqualTo(new JobId(ask.id()));
        assertThat(get(admin.keyed(Ask.key(1)).delete()).id()).isEqualTo(new JobId(ask.id()));
        KeyedJob unknown = admin.keyed(UUID.randomUUID());
        assertThat(unknown.id().blockOptional(Session.PATIENCE)).isEmpty();
        assertThat(unknown.delete().blockOptional(Session.PATIENCE)).isEmpty();
        assertThat(unknown.move(Destination.priority(1)).blockOptional(Session.PATIENCE))
                .isEmpty();
    }

    @Test
    void refusedJobs() {
        assertThatThrownBy(() -> admin.keyed(JobType.of("plain", Integer.class).with(1)))
                .isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> admin.on(b.connection())
                        .keyed(JobType.of("plain", Integer.class).with(1)))
                .isInstanceOf(AwaValidationException.class);
        assertThatThrownBy(() -> admin.keyed(
                        JobType.of("deep", Double.class).unique(Unique.byArgs()).with(Double.NaN)))
                .isInstanceOf(AwaValidationException.class);
    }

    /** The holder is looked for when the request is applied, after the caller's commit. */
    @Test
    void requests() {
        Job<Integer> job = ONCE.with(1);
        JobId first = get(awa.enqueue(job)).id();
        b.begin("serializable");
        var cancelled = get(admin.on(b.connection()).keyed(job).cancel("withdrawn"));
        get(admin.cancel(first));
        JobId second = get(awa.enqueue(job)).id();
        b.commit();
        assertThat(get(requests.pass())).isEqualTo(1);
        assertThat(get(admin.request(cancelled))).isEqualTo(new RequestState.Applied());
        assertThat(get(admin.job(second)).reason()).isEqualTo("withdrawn");
        get(admin.on(b.connection()).keyed(job).retry(RetryOptions.after(Duration.ofHours(1))));
        get(requests.pass());
        assertThat(get(admin.job(second)).state()).isEqualTo(JobState.SCHEDULED);
        get(admin.on(b.connection()).keyed(job).move(Destination.of("q3", 4)));
        get(requests.pass());
        assertThat(get(admin.job(second)).queue()).isEqualTo("q3");
        get(admin.on(b.connection()).keyed(Ask.key(5)).delete());
        var deleted = get(admin.on(b.connection()).keyed(job).delete());
        assertThat(get(requests.pass())).isEqualTo(2);
        assertThat(get(admin.request(deleted))).isEqualTo(new RequestState.Applied());
        assertThat(admin.job(second).blockOptional(Session.PATIENCE)).isEmpty();
    }

    private static <T> T get(Mono<T> mono) {
        return Objects.requireNonNull(mono.block(Session.PATIENCE));
    }
}
