package io.awa.reactive.storage;

import io.r2dbc.proxy.ProxyConnectionFactory;
import io.r2dbc.proxy.core.QueryInfo;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.reactivestreams.Publisher;

/** Notes the text of every statement executed. It is no {@code Wrapped}, so that lanes do not look through it. */
final class StatementCounter implements ConnectionFactory {

    private final ConnectionFactory watched;
    private final List<String> executed = new CopyOnWriteArrayList<>();

    StatementCounter(ConnectionFactory driver) {
        this.watched = ProxyConnectionFactory.builder(driver)
                .onBeforeQuery(execution ->
                        execution.getQueries().stream().map(QueryInfo::getQuery).forEach(executed::add))
                .build();
    }

    List<String> texts() {
        return List.copyOf(executed);
    }

    void reset() {
        executed.clear();
    }

    @Override
    public Publisher<? extends Connection> create() {
        return watched.create();
    }

    @Override
    public ConnectionFactoryMetadata getMetadata() {
        return watched.getMetadata();
    }
}
