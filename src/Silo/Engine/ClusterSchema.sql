-- Who is in the cluster, and the queries by which Orleans' ADO.NET providers read and write. Each start makes these tables where there are
-- none (ClusterSchema.cs); where the server's user may make no tables, run this file with psql before the first start.
--
-- The contract is Orleans' (github.com/dotnet/orleans, MIT licence: src/AdoNet/Shared/Storage/DbStoredQueries.cs, RelationalOrleansQueries.cs,
-- src/AdoNet/Orleans.Persistence.AdoNet/Storage/Provider/AdoNetGrainStorage.cs): it runs what it finds under each key of the table OrleansQuery,
-- with parameters of fixed names, and reads columns of fixed names. Tables and statements are this project's own. Each is one statement, so
-- that no lock ever waits for a silo that was stopped.

CREATE TABLE cluster_schema(version integer NOT NULL);

CREATE TABLE cluster_version(
  cluster text COLLATE "C" PRIMARY KEY,
  version integer NOT NULL
);
COMMENT ON COLUMN cluster_version.version IS 'raised by each change of the membership';

CREATE TABLE cluster_member(
  cluster text COLLATE "C" NOT NULL REFERENCES cluster_version ON DELETE CASCADE,
  address text COLLATE "C" NOT NULL,
  port integer NOT NULL,
  generation integer NOT NULL,
  silo_name text NOT NULL,
  host_name text NOT NULL,
  status integer NOT NULL,
  proxy_port integer NOT NULL,
  suspect_times text,
  start_time timestamptz NOT NULL,
  i_am_alive_time timestamptz NOT NULL,
  PRIMARY KEY (cluster, address, port, generation)
);
COMMENT ON COLUMN cluster_member.status IS 'Orleans'' SiloStatus: 3 is active, 6 is dead';
COMMENT ON COLUMN cluster_member.generation IS 'of the process at this address';

CREATE TABLE OrleansQuery(
  QueryKey text COLLATE "C" PRIMARY KEY,
  QueryText text NOT NULL
);

-- A change of the membership happens only where nobody else has changed it since it was read, and then raises its version. Two that want to
-- change it meet at the row of the version: the second waits, sees another version, and changes nothing.
INSERT INTO OrleansQuery(QueryKey, QueryText) VALUES
('InsertMembershipVersionKey', $query$
  WITH made AS (
    INSERT INTO cluster_version(cluster, version) VALUES (@DeploymentId, 0) ON CONFLICT (cluster) DO NOTHING RETURNING version
  )
  SELECT count(*)::integer FROM made
$query$),
('InsertMembershipKey', $query$
  WITH raised AS (
    UPDATE cluster_version SET version = version + 1
    WHERE cluster = @DeploymentId AND version = @Version AND NOT EXISTS (
      SELECT FROM cluster_member WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster
  ), joined AS (
    INSERT INTO cluster_member(
      cluster, address, port, generation, silo_name, host_name, status, proxy_port, start_time, i_am_alive_time)
    SELECT cluster, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime FROM raised
    RETURNING cluster
  )
  SELECT count(*)::integer FROM joined
$query$),
('UpdateMembershipKey', $query$
  WITH raised AS (
    UPDATE cluster_version SET version = version + 1
    WHERE cluster = @DeploymentId AND version = @Version AND EXISTS (
      SELECT FROM cluster_member WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation)
    RETURNING cluster
  ), changed AS (
    UPDATE cluster_member m SET status = @Status, suspect_times = @SuspectTimes, i_am_alive_time = @IAmAliveTime
    FROM raised r
    WHERE m.cluster = r.cluster AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
    RETURNING m.cluster
  )
  SELECT count(*)::integer FROM changed
$query$),
('UpdateIAmAlivetimeKey', $query$
  UPDATE cluster_member SET i_am_alive_time = @IAmAliveTime
  WHERE cluster = @DeploymentId AND address = @Address AND port = @Port AND generation = @Generation
$query$),
-- The version comes also where no member does.
('MembershipReadRowKey', $query$
  SELECT m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName, m.status AS Status,
    m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime, m.i_am_alive_time AS IAmAliveTime, v.version AS Version
  FROM cluster_version v LEFT JOIN cluster_member m
    ON m.cluster = v.cluster AND m.address = @Address AND m.port = @Port AND m.generation = @Generation
  WHERE v.cluster = @DeploymentId
$query$),
('MembershipReadAllKey', $query$
  SELECT m.address AS Address, m.port AS Port, m.generation AS Generation, m.silo_name AS SiloName, m.host_name AS HostName, m.status AS Status,
    m.proxy_port AS ProxyPort, m.suspect_times AS SuspectTimes, m.start_time AS StartTime, m.i_am_alive_time AS IAmAliveTime, v.version AS Version
  FROM cluster_version v LEFT JOIN cluster_member m ON m.cluster = v.cluster
  WHERE v.cluster = @DeploymentId
$query$),
('GatewaysQueryKey', $query$
  SELECT address AS Address, proxy_port AS ProxyPort, generation AS Generation
  FROM cluster_member
  WHERE cluster = @DeploymentId AND status = @Status AND proxy_port > 0
$query$),
('CleanupDefunctSiloEntriesKey', $query$
  DELETE FROM cluster_member WHERE cluster = @DeploymentId AND i_am_alive_time < @IAmAliveTime AND status <> 3
$query$),
('DeleteMembershipTableEntriesKey', $query$
  DELETE FROM cluster_version WHERE cluster = @DeploymentId
$query$);

-- Grain storage keeps its documents where the embedded engine keeps them (PostgresStatements.cs), in the same form, so that a database can
-- pass from one engine to the other. Orleans' name of a state is our name, the string key of its grain our key; hashes, type and service add
-- nothing to these. No row in an answer means: the stored version is another one.
INSERT INTO OrleansQuery(QueryKey, QueryText) VALUES
('ReadFromStorageKey', $query$
  SELECT convert_to(payload::text, 'UTF8') AS PayloadBinary, etag::integer AS Version
  FROM grain_state
  WHERE name = @GrainTypeString AND key = @GrainIdExtensionString
$query$),
('WriteToStorageKey', $query$
  WITH created AS (
    INSERT INTO grain_state AS s (name, key, etag, payload)
    SELECT @GrainTypeString, @GrainIdExtensionString, 1, convert_from(@PayloadBinary, 'UTF8')::json WHERE @GrainStateVersion IS NULL
    ON CONFLICT (name, key) DO UPDATE SET etag = s.etag + 1, payload = excluded.payload WHERE s.payload IS NULL
    RETURNING etag
  ), replaced AS (
    UPDATE grain_state SET etag = etag + 1, payload = convert_from(@PayloadBinary, 'UTF8')::json
    WHERE name = @GrainTypeString AND key = @GrainIdExtensionString AND etag = @GrainStateVersion
    RETURNING etag
  )
  SELECT etag::integer AS NewGrainStateVersion FROM created UNION ALL SELECT etag::integer FROM replaced
$query$),
('ClearStorageKey', $query$
  UPDATE grain_state SET etag = etag + 1, payload = NULL
  WHERE name = @GrainTypeString AND key = @GrainIdExtensionString AND etag = @GrainStateVersion
  RETURNING etag::integer AS NewGrainStateVersion
$query$);

INSERT INTO cluster_schema(version) VALUES (1);
