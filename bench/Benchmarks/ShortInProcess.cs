using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Engines;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace FlashSale.Benchmarks;

/// <summary>
/// A disk's fsync varies far more than code does, so many single groups are timed rather than few long batches. In process, because the project
/// that BenchmarkDotNet would generate does not restore under central package versions.
/// </summary>
internal sealed class ShortInProcess : ManualConfig
{
    public ShortInProcess()
    {
        AddJob(Job.Default
            .WithToolchain(InProcessEmitToolchain.Instance)
            .WithStrategy(RunStrategy.Monitoring)
            .WithInvocationCount(1)
            .WithUnrollFactor(1)
            .WithWarmupCount(20)
            .WithIterationCount(150));
        AddColumn(new EventsPerSecond());
        HideColumns(Column.Error, Column.RatioSD);
    }

    /// <summary>Events of one group over its mean time.</summary>
    sealed class EventsPerSecond : IColumn
    {
        public string Id => nameof(EventsPerSecond);
        public string ColumnName => "Events/s";
        public string Legend => "Events of a group / mean time of a group";
        public bool AlwaysShow => true;
        public ColumnCategory Category => ColumnCategory.Custom;
        public int PriorityInCategory => 0;
        public bool IsNumeric => true;
        public UnitType UnitType => UnitType.Dimensionless;
        public bool IsAvailable(Summary summary) => true;
        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;
        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            if (summary[benchmarkCase]?.ResultStatistics is not { } statistics) return "-";
            var events = (int)benchmarkCase.Parameters[nameof(GroupCommit.Events)];
            return (events * 1e9 / statistics.Mean).ToString("n0", CultureInfo.InvariantCulture);
        }
    }
}
