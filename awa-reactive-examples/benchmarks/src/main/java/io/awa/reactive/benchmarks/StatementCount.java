package io.awa.reactive.benchmarks;

import io.r2dbc.proxy.ProxyConnectionFactory;
import io.r2dbc.proxy.core.QueryExecutionInfo;
import io.r2dbc.proxy.core.QueryInfo;
import io.r2dbc.spi.Connection;
import io.r2dbc.spi.ConnectionFactory;
import io.r2dbc.spi.ConnectionFactoryMetadata;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.reactivestreams.Publisher;

/**
 * Counts the statements sent on connections made here, by the function of the schema that each calls. It is no
 * {@code Wrapped}, so that nobody looks through it.
 */
final class StatementCount implements ConnectionFactory {

    private static final Pattern FUNCTION = Pattern.compile("\"\\.(\\w+)");
    private static final int TEXT = 40;

    private final ConnectionFactory watched;
    private final Map<String, LongAdder> counts = new ConcurrentHashMap<>();

    StatementCount(ConnectionFactory driver) {
        this.watched = ProxyConnectionFactory.builder(driver)
                .onBeforeQuery(this::count)
                .build();
    }

    private void count(QueryExecutionInfo execution) {
        for (QueryInfo query : execution.getQueries()) {
            Matcher named = FUNCTION.matcher(query.getQuery());
            String name = named.find() ? named.group(1) : query.getQuery().strip();
            counts.computeIfAbsent(name.substring(0, Math.min(TEXT, name.length())), text -> new LongAdder())
                    .increment();
        }
    }

    void reset() {
        counts.clear();
    }

    /** Statements a second. */
    Map<String, Double> rates(int seconds) {
        Map<String, Double> rates = new TreeMap<>();
        counts.forEach((name, count) -> rates.put(name, count.doubleValue() / seconds));
        return rates;
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
