package io.awa.reactive;

import io.awa.reactive.enqueue.Enqueuer;
import io.awa.reactive.internal.Checks;
import io.awa.reactive.job.JobLimits;
import io.awa.reactive.pressure.Backpressure;
import io.awa.reactive.schema.SchemaMigrator;
import io.awa.reactive.schema.SchemaName;
import io.awa.reactive.schema.SqlCatalogue;
import io.r2dbc.spi.ConnectionFactory;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/** Settings of an {@link Awa}. Mutable, not for sharing; {@link #build()} opens nothing. */
public final class AwaBuilder {

    /** The first word of every connection's application_name: {@value}. */
    public static final String DEFAULT_NAME = "awa";

    final ConnectionFactory connections;
    SchemaName schema = new SchemaName(SchemaName.DEFAULT);
    int children = SqlCatalogue.DEFAULT_CHILDREN;
    JobLimits limits = JobLimits.defaults();
    JsonMapper mapper = JsonMapper.shared();
    String name = DEFAULT_NAME;
    final Map<String, Backpressure> backpressure = new HashMap<>();

    @Nullable
    Backpressure othersBackpressure;

    UnaryOperator<Enqueuer> decorator = UnaryOperator.identity();

    AwaBuilder(ConnectionFactory connections) {
        this.connections = Checks.notNull("connections", connections);
    }

    /**
     * The schema that holds everything.
     *
     * @param schemaName any name PostgreSQL takes, unquoted; {@value SchemaName#DEFAULT} by default
     */
    public AwaBuilder schema(String schemaName) {
        this.schema = new SchemaName(schemaName);
        return this;
    }

    /** How many segments a new schema can hold at once; see {@link SchemaMigrator#children(int)}. */
    public AwaBuilder children(int number) {
        SchemaMigrator.of(connections).children(number);
        this.children = number;
        return this;
    }

    /** What a job may hold; {@link JobLimits} names the defaults. */
    public AwaBuilder limits(JobLimits jobLimits) {
        this.limits = Checks.notNull("limits", jobLimits);
        return this;
    }

    /** Writes and reads arguments; Jackson's defaults where none is given. */
    public AwaBuilder mapper(JsonMapper jsonMapper) {
        this.mapper = Checks.notNull("mapper", jsonMapper);
        return this;
    }

    /** The first word of application_name; {@value #DEFAULT_NAME} by default. */
    public AwaBuilder name(String applicationName) {
        this.name = Checks.name("name", applicationName);
        return this;
    }

    /**
     * Slows bulk enqueue into a queue, and makes {@link Awa#admission admissions} to it wait, while it is too full. Off by
     * default. Give all producers of a queue the same.
     */
    public AwaBuilder backpressure(String queue, Backpressure marks) {
        backpressure.put(Checks.name("queue", queue), Checks.notNull("marks", marks));
        return this;
    }

    /** The same for all queues that have none of their own. */
    public AwaBuilder backpressure(Backpressure marks) {
        othersBackpressure = Checks.notNull("marks", marks);
        return this;
    }

    /**
     * Stands around every enqueue of callers, one by one, in bulk and on their own connections: it gets what stores jobs
     * and answers what callers shall use in its place, for instance to add headers or to measure. Of several the last one
     * is outermost. Schedules and the follow-ups of handlers do not go through it.
     *
     * @param around called once, and for each {@link Awa#on}
     */
    public AwaBuilder decorate(UnaryOperator<Enqueuer> around) {
        UnaryOperator<Enqueuer> inner = decorator;
        Checks.notNull("around", around);
        this.decorator = enqueuer -> around.apply(inner.apply(enqueuer));
        return this;
    }

    /** The instance. Nothing is opened before it is used. */
    public Awa build() {
        return new DefaultAwa(this);
    }
}
