package io.awa.reactive.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.postgresql.PostgreSQLContainer;
import org.testcontainers.utility.DockerImageName;

/** A server in a container. Only loaded where Testcontainers, an optional dependency, is on the class path. */
final class DockerServer implements Server {

    private static final String IMAGE = "postgres:18-alpine";
    private static final String PRESENT = "org.testcontainers.postgresql.PostgreSQLContainer";

    private final PostgreSQLContainer container;

    private DockerServer(PostgreSQLContainer container) {
        this.container = container;
    }

    static boolean available() {
        try {
            Class.forName(PRESENT, false, DockerServer.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            return false;
        }
        return Engine.answers();
    }

    static DockerServer start(Map<String, String> settings) {
        List<String> command = new ArrayList<>(List.of("postgres"));
        settings.forEach((name, value) -> command.addAll(List.of("-c", name + "=" + value)));
        PostgreSQLContainer container =
                new PostgreSQLContainer(DockerImageName.parse(IMAGE)).withCommand(command.toArray(String[]::new));
        container.start();
        return new DockerServer(container);
    }

    @Override
    public ServerAddress address() {
        return new ServerAddress(
                container.getHost(),
                container.getMappedPort(PostgreSQLContainer.POSTGRESQL_PORT),
                container.getDatabaseName(),
                container.getUsername(),
                container.getPassword(),
                null);
    }

    @Override
    public void close() {
        container.stop();
    }

    /** Apart, so that asking for the class's presence does not load it. */
    private static final class Engine {
        static boolean answers() {
            return DockerClientFactory.instance().isDockerAvailable();
        }
    }
}
