package io.awa.reactive.engine;

import io.awa.reactive.AwaValidationException;
import io.awa.reactive.internal.SchemaSql;
import io.awa.reactive.internal.enqueue.Directory;
import io.awa.reactive.internal.json.EncodedJob;
import io.awa.reactive.internal.json.JobDecoder;
import io.awa.reactive.internal.json.JobEncoder;
import io.awa.reactive.internal.pg.Lane;
import io.awa.reactive.internal.pg.LaneSettings;
import io.awa.reactive.internal.pg.SqlState;
import io.awa.reactive.job.Job;
import io.awa.reactive.job.JobType;
import io.r2dbc.spi.ConnectionFactory;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The door for runtimes: hands out the storage protocols, each on a fresh connection of its own that is opened by the
 * first call and kept. Whoever asks closes what it got. Obtained from {@link io.awa.reactive.Awa#engine()}.
 */
public final class Engine {

    private final ConnectionFactory connections;
    private final SchemaSql schema;
    private final Directory directory;
    private final LocalWakes wakes;
    private final JobDecoder decoder;
    private final JobEncoder encoder;
    private final JsonMapper mapper;
    private final String name;
    private final Channel channel;

    /**
     * Used by {@link io.awa.reactive.Awa}.
     *
     * @param connections looked through where it is a pool
     * @param schema      the schema
     * @param directory   shared with enqueue
     * @param wakes       told of jobs stored in this process
     * @param mapper      reads arguments
     * @param encoder     checks and writes follow-up jobs
     * @param name        starts every connection's application_name
     * @param channel     to and from all who listen
     */
    public Engine(
            ConnectionFactory connections,
            SchemaSql schema,
            Directory directory,
            LocalWakes wakes,
            JsonMapper mapper,
            JobEncoder encoder,
            String name,
            Channel channel) {
        this.connections = connections;
        this.schema = schema;
        this.directory = directory;
        this.wakes = wakes;
        this.decoder = new JobDecoder(mapper);
        this.encoder = encoder;
        this.mapper = mapper;
        this.name = name;
        this.channel = channel;
    }

    /** Claims. Commits are not waited for: a crash that takes a claim back leaves its jobs available. */
    public Claims claims(String purpose) {
        return claims(purpose, ready -> {});
    }

    /** @param ready told of concurrency keys of which somebody waits although a place is free, on the driver's event loop */
    public Claims claims(String purpose, Consumer<List<String>> ready) {
        return new Claims(
                lane(settings("claim " + purpose).asynchronous().statementTimeout(Duration.ofSeconds(10))),
                schema,
                ready);
    }

    /** Grants of concurrency keys. Commits are not waited for: a crash that takes a grant back leaves its job waiting. */
    public KeyPlaces keyPlaces(String purpose) {
        return new KeyPlaces(
                lane(settings("keys " + purpose).asynchronous().statementTimeout(Duration.ofSeconds(10))),
                schema,
                wakes);
    }

    /** Closures. Commits are durable when answered. */
    public Closures closures(String purpose) {
        return new Closures(lane(settings("close " + purpose)), schema);
    }

    /** Held attempts. Commits are durable when answered. */
    public HeldAttempts heldAttempts(String purpose) {
        return new HeldAttempts(lane(settings("held " + purpose)), schema);
    }

    /** Held attempts that end in callers' transactions. */
    public CallersEnds callersEnds(String purpose) {
        return new CallersEnds(lane(settings("complete-in " + purpose).lockTimeout(Duration.ofMillis(50))), schema);
    }

    /**
     * Checks jobs that are to be stored with an outcome, and makes their queues and kinds where they are missing.
     *
     * @return an {@link io.awa.reactive.AwaValidationException} where one is refused
     */
    public Mono<FollowUps> followUps(List<? extends Job<?>> jobs) {
        return Flux.fromIterable(jobs)
                .concatMap(job -> {
                    EncodedJob encoded = encoder.encode(job);
                    return Mono.zip(directory.lane(encoded.queue(), encoded.priority()), directory.kind(encoded.kind()))
                            .map(ids -> new FollowUps.Ready(encoded, ids.getT1(), ids.getT2()));
                })
                .collectList()
                .map(FollowUps::new);
    }

    /** Any value as JSON, written by the instance's mapper. */
    public JsonNode tree(@Nullable Object value) {
        return value instanceof JsonNode node ? node : mapper.valueToTree(value);
    }

    /** JSON as a tree. */
    public JsonNode parse(String json) {
        return mapper.readTree(json);
    }

    /** What travels with a job beside its arguments. */
    public Extras extras(@Nullable String json) {
        return json == null ? Extras.NONE : new Extras(json, mapper::readTree);
    }

    /** What travels with a claimed job beside its arguments, read once for all jobs that have the same. */
    public Extras extras(Claim claim, int ordinal) {
        return claim.extras(ordinal, this::extras);
    }

    /** Worker registration and beats. */
    public Workers workers() {
        return new Workers(lane(settings("heartbeat").statementTimeout(Duration.ofSeconds(10))), schema);
    }

    /** Maintenance steps. */
    public Maintenance maintenance() {
        return new Maintenance(lane(settings("maintenance")), schema);
    }

    /**
     * The contest for the lead.
     *
     * @param lease how long a leader may be silent before others take the lead
     */
    public Leadership leadership(Duration lease) {
        return new Leadership(
                lane(settings("leader").statementTimeout(Duration.ofSeconds(5)).lockTimeout(Duration.ofSeconds(1))),
                schema,
                lease,
                System::nanoTime);
    }

    /** Promotion of due jobs. */
    public Promotion promotion() {
        return new Promotion(lane(settings("promote")), schema, wakes);
    }

    /** Maintenance steps of the store. */
    public Stores stores() {
        return new Stores(lane(settings("store maintenance")), schema);
    }

    /** Rescue. Waits for ends are short: what another transaction is ending is met again. */
    public Rescue rescue() {
        return new Rescue(lane(settings("rescue")), schema);
    }

    /** Who stands in maintenance's way. */
    public Observation observation() {
        return new Observation(
                lane(settings("observe").statementTimeout(Duration.ofSeconds(2)).lockTimeout(Duration.ofMillis(50))),
                schema);
    }

    /** What health and gauges read. A statement takes a second at most, a wait for a lock 50 ms. */
    public Vitals vitals() {
        Duration second = Duration.ofSeconds(1);
        Duration moment = Duration.ofMillis(50);
        return new Vitals(
                lane(settings("health").statementTimeout(second).lockTimeout(moment)),
                lane(settings("gauges").statementTimeout(second).lockTimeout(moment)),
                schema);
    }

    /** The queue's number, for claims; the queue is made where it is missing. */
    public Mono<Integer> queue(String queue) {
        return directory.queue(queue);
    }

    /** The kind's number, as claims carry it; the kind is made where it is missing. */
    public Mono<Integer> kind(String kind) {
        return directory.kind(kind);
    }

    /** What processes tell each other. */
    public Channel channel() {
        return channel;
    }

    /** Requests made inside callers' transactions. */
    public Requests requests() {
        return new Requests(lane(settings("requests").statementTimeout(Duration.ofSeconds(30))), schema);
    }

    /** Hears of queues that got jobs from this process, right after their commit and on the committing thread. */
    public Disposable onStored(Consumer<String> listener) {
        return wakes.listen(listener);
    }

    /** Makes ready what {@link #decode} needs for a type, so that its first jobs do not wait for each other there. */
    public void prepare(JobType<?> type) {
        decoder.prepare(type);
    }

    /**
     * The arguments a claim carries, as the type's class.
     *
     * @throws io.awa.reactive.AwaPayloadException if the text is no such value
     */
    public <T> T decode(String json, JobType<T> type) {
        return decoder.decode(json, type);
    }

    /**
     * Whether trying again may help: the connection was lost, a lock or a snapshot was refused, or time ran out. After a
     * lost connection it is not known whether the call was committed.
     */
    public static boolean isTransient(Throwable error) {
        // What is refused before it is sent may have an IOException of its writer as its cause: no socket's.
        if (error instanceof AwaValidationException) {
            return false;
        }
        return Lane.isLost(error)
                || switch (SqlState.of(error)) {
                    case LOCK_REFUSED, SERIALIZATION, TIMEOUT -> true;
                    default -> false;
                };
    }

    private LaneSettings settings(String purpose) {
        return LaneSettings.named(name + " " + purpose);
    }

    private Lane lane(LaneSettings settings) {
        return new Lane(connections, settings);
    }
}
