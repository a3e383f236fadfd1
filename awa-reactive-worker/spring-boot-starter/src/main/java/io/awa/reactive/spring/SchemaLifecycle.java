package io.awa.reactive.spring;

import io.awa.reactive.Awa;
import io.awa.reactive.schema.SchemaMigrator;
import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;
import reactor.core.publisher.Mono;

/** Brings the schema up to date when the application starts, before anything works or serves. */
final class SchemaLifecycle implements SmartLifecycle {

    /** Before workers and web servers. */
    static final int PHASE = 0;

    private static final Logger LOG = LoggerFactory.getLogger(SchemaLifecycle.class);

    private final Awa awa;
    private final SchemaMigrator migrator;
    private final AwaProperties.Migrate migrate;
    private final Duration patience;
    private volatile boolean running;

    SchemaLifecycle(Awa awa, SchemaMigrator migrator, AwaProperties.Migrate migrate, Duration patience) {
        this.awa = awa;
        this.migrator = migrator;
        this.migrate = migrate;
        this.patience = patience;
    }

    @Override
    public void start() {
        switch (migrate) {
            case ON_START -> LOG.info("{}", Waiting.on(awa.migrate(), patience, "the migration of the schema"));
            case VALIDATE -> Waiting.on(validated(), patience, "the check of the schema");
            case OFF -> {}
        }
        running = true;
    }

    private Mono<Void> validated() {
        return migrator.status()
                .flatMap(status -> status.upToDate()
                        ? awa.check()
                        : Mono.error(new IllegalStateException("the schema " + status.schema() + " has version "
                                + status.current() + " and this library needs " + status.latest()
                                + "; awa.migrate=validate changes nothing, awa.migrate=on-start would")));
    }

    @Override
    public void stop() {
        running = false;
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
