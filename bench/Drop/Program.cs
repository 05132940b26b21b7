using FlashSale.Drop;

return await App.RunAsync(args, Console.Out, Console.Error);
